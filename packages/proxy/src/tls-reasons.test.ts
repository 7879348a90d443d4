import { describe, expect, test } from "vitest";
import { explainUpstreamError, isAlert } from "./tls-reasons.ts";

describe("an alert from a service outside the mesh", () => {
  // The reasons as OpenSSL prints them, taken from handshakes with its own server.
  const cases = [
    {
      reason: "tlsv1 alert unknown ca",
      clientCertificate: true,
      says: /refused our client certificate \(alert: unknown ca\)/,
    },
    { reason: "ssl/tls alert certificate expired", clientCertificate: true, says: /refused our client certificate/ },
    { reason: "ssl/tls alert bad certificate", clientCertificate: true, says: /refused our client certificate/ },
    {
      reason: "tlsv13 alert certificate required",
      clientCertificate: true,
      says: /did not get the client certificate/,
    },
    {
      reason: "tlsv13 alert certificate required",
      clientCertificate: false,
      says: /asks for a client certificate, and none/,
    },
    {
      reason: "ssl/tls alert handshake failure",
      clientCertificate: false,
      says: /asks for a client certificate, and none/,
    },
    {
      reason: "ssl/tls alert handshake failure",
      clientCertificate: true,
      says: /refused \(alert: handshake failure\)/,
    },
    { reason: "tlsv1 unrecognized name", clientCertificate: false, says: /does not serve the server name/ },
    {
      reason: "tlsv1 alert protocol version",
      clientCertificate: false,
      says: /no version of TLS that is allowed here \(only TLS 1\.3; alert: protocol version\)/,
    },
  ];
  for (const { reason, clientCertificate, says } of cases) {
    test(`${reason}, ${clientCertificate ? "with" : "without"} a client certificate`, () => {
      const error = Object.assign(new Error("long"), { code: "ERR_SSL_X", reason });
      expect(isAlert(error)).toBe(true);
      expect(explainUpstreamError(error, { clientCertificate, versions: "only TLS 1.3" })).toMatch(says);
    });
  }
});

describe("another error", () => {
  const cases = [
    { code: "ERR_SSL_WRONG_VERSION_NUMBER", says: "the far side does not speak TLS" },
    {
      code: "ERR_SSL_UNSUPPORTED_PROTOCOL",
      says: "the far side speaks no version of TLS that is allowed here (only TLS 1.3)",
    },
    { code: "ECONNRESET", says: "the far side closed the connection during the handshake; it may not speak TLS" },
    { code: "EPIPE", says: "broken" },
  ];
  for (const { code, says } of cases) {
    test(code, () => {
      const error = Object.assign(new Error("broken"), { code });
      expect(isAlert(error)).toBe(false);
      expect(explainUpstreamError(error, { clientCertificate: false, versions: "only TLS 1.3" })).toBe(says);
    });
  }
});

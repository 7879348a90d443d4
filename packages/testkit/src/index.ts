/**
 * Development only: real servers, processes and certificates for tests and for `causeway dev`. All of it ends with `await using`.
 *
 * @example
 * ```ts
 * await using nats = await startNatsServer();
 * await using agent = await spawnProcess("node", ["src/main.ts"], {
 *   env: { CAUSEWAY_NATS_URL: nats.url },
 *   readyWhen: new URL("http://127.0.0.1:8500/v1/status/leader"),
 * });
 * ```
 *
 * @module
 */

export type { KeyAlgorithm } from "./certificate-keys.ts";
export {
  type CertificateRequest,
  createTestCa,
  issueCertificate,
  type KeyedCertificate,
  type TestCaOptions,
  type Validity,
} from "./certificates.ts";
export { type ClientHelloOptions, captureClientHello } from "./client-hello.ts";
export {
  type ConsulEndpoint,
  type ConsulIdentity,
  consulIdentity,
  dialAsConsul,
  resolveAsConsul,
} from "./consul-client.ts";
export { type ConsulProxy, type ConsulProxyOptions, startConsulProxy } from "./consul-proxy.ts";
export { type Cut, type CuttableLink, startCuttableLink } from "./cuttable-link.ts";
export { TestkitError, type TestkitFailure } from "./errors.ts";
export { type EventuallyOptions, eventually } from "./eventually.ts";
export { findNatsServer } from "./find-nats-server.ts";
export { canListen, freePort } from "./free-port.ts";
export { type ListeningServer, type ListenOptions, listen } from "./listening-server.ts";
export { type NatsDatacenter, natsDatacenterConfig } from "./nats-datacenter.ts";
export { NatsServer, type NatsServerOptions, startNatsServer } from "./nats-server.ts";
export { APPLICATION_DATA, type RecordingRelay, startRecordingRelay } from "./recording-relay.ts";
export { type SpawnOptions, spawnProcess } from "./spawn-process.ts";
export { type Exit, type OutputLine, SpawnedProcess } from "./spawned-process.ts";
export { startTcpEcho, type TcpEchoOptions } from "./tcp-echo.ts";
export { type TemporaryDirectory, temporaryDirectory } from "./temporary-directory.ts";
export { type SeenRequest, startTlsServer, type TlsServer, type TlsServerOptions } from "./tls-server.ts";
export {
  pseudoRandom,
  receive,
  type Sink,
  type SinkOptions,
  type Source,
  startHalfCloseServer,
  startSink,
  startSource,
  type Transfer,
} from "./transfer.ts";

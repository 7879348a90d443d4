import { describe, expect, test } from "vitest";
import { carriesName, listNames, onlyUri } from "./certificate-names.ts";

describe("a certificate is for a name", () => {
  const cases = [
    { printed: "DNS:a.example, DNS:b.example", name: "b.example", carries: true },
    { printed: "DNS:a.example", name: "A.EXAMPLE", carries: true },
    { printed: "DNS:a.example", name: "a.example.", carries: true },
    { printed: "DNS:a.example", name: "b.example", carries: false },
    { printed: "DNS:*.example", name: "a.example", carries: true },
    { printed: "DNS:*.example", name: "a.b.example", carries: false },
    { printed: "DNS:*.example", name: "example", carries: false },
    { printed: "DNS:*.example", name: ".example", carries: false },
    { printed: "DNS:a*.example", name: "ab.example", carries: false },
    { printed: "DNS:*", name: "example", carries: false },
    { printed: "IP Address:10.0.0.1", name: "10.0.0.1", carries: true },
    { printed: "DNS:10.0.0.1", name: "10.0.0.1", carries: true },
    { printed: "IP Address:2001:DB8:0:0:0:0:0:1", name: "2001:db8::1", carries: true },
    { printed: "IP Address:2001:DB8:0:0:0:0:0:1", name: "2001:db8::2", carries: false },
    { printed: "URI:spiffe://x/y", name: "spiffe://x/y", carries: true },
    { printed: "email:a@b", name: "a@b", carries: true },
    { printed: 'DNS:"x, DNS:a.example"', name: "a.example", carries: false },
    { printed: undefined, name: "a.example", carries: false },
    { printed: "unreadable", name: "unreadable", carries: false },
  ];
  for (const { printed, name, carries } of cases) {
    test(`${printed} ${carries ? "is" : "is not"} for ${name}`, () => {
      expect(carriesName({ subjectAltName: printed }, name)).toBe(carries);
    });
  }
});

describe("a certificate's URI counts only when it is the only one", () => {
  const cases = [
    { printed: "DNS:a, URI:spiffe://x/y", uri: "spiffe://x/y" },
    { printed: "URI:spiffe://x/y, URI:spiffe://x/z", uri: undefined },
    { printed: 'DNS:"a, URI:spiffe://x/y"', uri: undefined },
    { printed: undefined, uri: undefined },
  ];
  for (const { printed, uri } of cases) {
    test(String(printed), () => expect(onlyUri({ subjectAltName: printed })).toBe(uri));
  }
});

test("names are listed as they are known to readers", () => {
  expect(listNames({ subjectAltName: "DNS:a, IP Address:10.0.0.1, URI:x:y" })).toBe("DNS:a, IP:10.0.0.1, URI:x:y");
});

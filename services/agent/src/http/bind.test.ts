import { expect, test } from "vitest";
import { addressOf, bindsOf } from "./bind.ts";

const config = { httpAddress: ["127.0.0.1"], httpPort: 8500, httpsAddress: ["127.0.0.1"], httpsPort: -1 };

test.each([
  { name: "HTTP on loopback", given: {}, expected: ["http://127.0.0.1:8500"] },
  {
    name: "several addresses, IPv6 among them",
    given: { httpAddress: ["127.0.0.1", "::1"] },
    expected: ["http://127.0.0.1:8500", "http://[::1]:8500"],
  },
  {
    name: "a socket beside an address",
    given: { httpAddress: ["unix:///run/a.sock", "127.0.0.1"] },
    expected: ["unix:///run/a.sock", "http://127.0.0.1:8500"],
  },
  { name: "HTTPS alone", given: { httpPort: -1, httpsPort: 8501 }, expected: ["https://127.0.0.1:8501"] },
  { name: "no socket without a port", given: { httpAddress: ["unix:///a"], httpPort: -1 }, expected: [] },
])("listens on $name", ({ given, expected }) => {
  const binds = bindsOf({ ...config, ...given });
  expect(binds.map((bind) => addressOf(bind, bind.kind === "tcp" ? bind.port : 0))).toEqual(expected);
});

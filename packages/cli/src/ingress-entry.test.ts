import { expect, test } from "vitest";
import { exposed, type IngressEntry, type ToExpose } from "./ingress-entry.ts";

const EMPTY: IngressEntry = { Kind: "ingress-gateway", Name: "in" };
const http = { Port: 80, Protocol: "http", Services: [{ Name: "web", Hosts: ["a"] }, { Name: "api" }] };
const tcp = { Port: 90, Protocol: "tcp", Services: [{ Name: "db" }] };
const FULL = { ...EMPTY, TLS: { Enabled: true }, ModifyIndex: 7, Listeners: [http, tcp] };
const web: ToExpose = { service: "web", port: 80, protocol: "http", hosts: [] };

test.each([
  {
    fact: "a first listener is made",
    entry: EMPTY,
    request: web,
    listeners: [{ Port: 80, Protocol: "http", Services: [{ Name: "web" }] }],
    updated: false,
  },
  {
    fact: "a further listener comes after those that are there",
    entry: FULL,
    request: { service: "db", port: 91, protocol: "tcp", hosts: [] },
    listeners: [http, tcp, { Port: 91, Protocol: "tcp", Services: [{ Name: "db" }] }],
    updated: false,
  },
  {
    fact: "a service joins the listener of its port",
    entry: FULL,
    request: { ...web, service: "shop", hosts: ["shop.example.com"] },
    listeners: [{ ...http, Services: [...http.Services, { Name: "shop", Hosts: ["shop.example.com"] }] }, tcp],
    updated: false,
  },
  {
    fact: "a service that is there is defined anew, in its place",
    entry: FULL,
    request: web,
    listeners: [{ ...http, Services: [{ Name: "web" }, { Name: "api" }] }, tcp],
    updated: true,
  },
])("$fact", ({ entry, request, listeners, updated }) => {
  expect(exposed(entry, request)).toEqual({ entry: { ...entry, Listeners: listeners }, updated });
});

test("another protocol on the same port is refused", () => {
  expect(() => exposed(FULL, { ...web, protocol: "tcp" })).toThrow(
    'Listener on port 80 already configured with conflicting protocol "http"',
  );
});

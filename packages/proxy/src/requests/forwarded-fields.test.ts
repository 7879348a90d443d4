import { describe, expect, test } from "vitest";
import { endToEnd, type Fields } from "./fields.ts";
import { forwardedFields } from "./forwarded-fields.ts";

const origin = { client: "192.0.2.1", scheme: "https", requestId: "id" } as const;
const ADDED: Fields = [
  ["x-forwarded-for", "192.0.2.1"],
  ["x-forwarded-proto", "https"],
  ["x-request-id", "id"],
];

describe("a request goes on", () => {
  const cases: readonly { readonly name: string; readonly came: Fields; readonly goes: Fields }[] = [
    { name: "with who it is from", came: [], goes: ADDED },
    {
      name: "with the fields that are end to end, in their order and spelling",
      came: [
        ["Accept", "a"],
        ["X-Twice", "1"],
        ["x-twice", "2"],
        ["traceparent", "00-1-2-01"],
      ],
      goes: [["Accept", "a"], ["X-Twice", "1"], ["x-twice", "2"], ["traceparent", "00-1-2-01"], ...ADDED],
    },
    {
      name: "without those between two neighbours, and those named as such",
      came: [
        ["Connection", "close, X-Mine"],
        ["X-Mine", "1"],
        ["Keep-Alive", "5"],
        ["Transfer-Encoding", "chunked"],
        ["Upgrade", "h2c"],
        ["Proxy-Connection", "x"],
        ["TE", "gzip"],
      ],
      goes: ADDED,
    },
    {
      name: "with its length, even if that is named in Connection",
      came: [
        ["Connection", "content-length"],
        ["Content-Length", "3"],
      ],
      goes: [["Content-Length", "3"], ...ADDED],
    },
    {
      name: "without what is settled here",
      came: [
        ["Host", "a"],
        ["Expect", "100-continue"],
      ],
      goes: ADDED,
    },
    {
      name: "with the word that trailers get through",
      came: [["te", "trailers"]],
      goes: [...ADDED, ["te", "trailers"]],
    },
    {
      name: "with the client behind those who are told already, and what it brought of the others",
      came: [
        ["X-Forwarded-For", "198.51.100.1"],
        ["X-Forwarded-Proto", "http"],
        ["X-Request-Id", "mine"],
      ],
      goes: [
        ["X-Forwarded-Proto", "http"],
        ["X-Request-Id", "mine"],
        ["x-forwarded-for", "198.51.100.1, 192.0.2.1"],
      ],
    },
  ];
  for (const { name, came, goes } of cases) {
    test(name, () => expect(forwardedFields(came, origin)).toEqual(goes));
  }
});

test("an answer comes back without what is between two neighbours", () => {
  expect(
    endToEnd([
      ["Connection", "keep-alive"],
      ["Server", "x"],
      ["Set-Cookie", "a"],
      ["Set-Cookie", "b"],
    ]),
  ).toEqual([
    ["Server", "x"],
    ["Set-Cookie", "a"],
    ["Set-Cookie", "b"],
  ]);
});

import { describe, expect, test } from "vitest";
import { kvTopics } from "./kv-topics.ts";
import { KvView, keyTopic, prefixTopic } from "./kv-view.ts";

function entry(key: string, revision: number, value = "", present = true) {
  const record = { Value: value, Flags: "0", LockIndex: 0, CreateIndex: 0, ModifyIndex: 0 };
  return { kind: "entry", names: [key], revision, record: present ? { value: record, revision } : undefined };
}

function session(ID: string, Node: string, revision: number, more: { readonly Ended?: boolean } = {}) {
  const value = { ID, Node, Name: "", LockDelay: 0, Behavior: "release", TTL: "", NodeChecks: [], ...more };
  const record = { value: { ...value, CreateIndex: 0, ModifyIndex: 0 }, revision };
  return { kind: "session", names: [ID], revision, record };
}

function applied(...changes: readonly ReturnType<typeof entry>[]): KvView {
  const view = new KvView();
  for (const change of changes) view.apply(change);
  return view;
}

const keysOf = (view: KvView, prefix: string) => Array.from(view.under(prefix), ({ key }) => key);

describe("keys", () => {
  test("are in the order of their bytes, and under a prefix that is any text", () => {
    const view = applied(entry("ä", 1), entry("b/2", 2), entry("b/10", 3), entry("\u{1f388}", 4), entry("\uff01", 5));
    expect(keysOf(view, "")).toEqual(["b/10", "b/2", "ä", "\uff01", "\u{1f388}"]);
    expect(keysOf(view, "b/1")).toEqual(["b/10"]);
    expect(keysOf(view, "c")).toEqual([]);
  });

  test("that are there have the index of their own change", () => {
    const view = applied(entry("a", 3), entry("b", 9));
    view.topics.startFrom(12);
    expect(view.topics.index([keyTopic("a")])).toBe(3);
    expect(view.pair("a")?.entry).toMatchObject({ CreateIndex: 3, ModifyIndex: 3 });
  });

  test("that are gone have that of their deletion, and those that nobody knew what was read first", () => {
    const view = applied(entry("a/x", 3), entry("b", 4), entry("a/x", 7, "", false));
    expect(view.pair("a/x")).toBeUndefined();
    expect(view.topics.index([keyTopic("a/x")])).toBe(7);
    expect(view.topics.index([prefixTopic("a/")])).toBe(7);
    expect(view.topics.index([keyTopic("b")])).toBe(4);
    view.topics.startFrom(12);
    expect(view.topics.index([keyTopic("a/x")])).toBe(12);
    expect(view.topics.index([prefixTopic("b")])).toBe(12);
  });

  test("wake those who wait for them or a prefix of theirs, and nobody else", () => {
    const view = applied(entry("dir/one", 1));
    const woken: string[] = [];
    const wait = (topic: string) => view.topics.subscribe([topic], () => woken.push(topic));
    const topics = ["", "di", "dir/", "dir/one", "dir/one/more", "e"].map(prefixTopic);
    const leave = [...topics, keyTopic("dir/one"), keyTopic("dir/two")].map(wait);
    view.apply(entry("dir/one", 2));
    expect(woken).toEqual([keyTopic("dir/one"), ...["", "di", "dir/", "dir/one"].map(prefixTopic)]);
    woken.length = 0;
    for (const stop of leave) stop();
    view.apply(entry("dir/one", 3));
    expect(woken).toEqual([]);
    expect(view.topics.waiting).toBe(0);
  });
});

describe("sessions", () => {
  test("are listed by ID, and by node", () => {
    const view = new KvView();
    for (const change of [session("s2", "n1", 1), session("s1", "n2", 2)]) view.apply(change);
    expect(view.sessions().map(({ ID }) => ID)).toEqual(["s1", "s2"]);
    expect(view.sessionsOn("n1").map(({ ID }) => ID)).toEqual(["s2"]);
    expect(view.session("s1")).toMatchObject({ CreateIndex: 2, ModifyIndex: 2 });
  });

  test("are gone as soon as they have ended, at that index", () => {
    const view = applied(entry("a", 1));
    for (const change of [session("s", "n", 2), session("s", "n", 5, { Ended: true })]) view.apply(change);
    view.apply({ kind: "session", names: ["s"], revision: 8, record: undefined });
    expect(view.sessions()).toEqual([]);
    expect(view.sessionsOn("n")).toEqual([]);
    const topics = [kvTopics.sessions, kvTopics.session("s"), kvTopics.sessionsOn("n")];
    expect(topics.map((topic) => view.topics.index([topic]))).toEqual([5, 5, 5]);
    expect(view.topics.index([keyTopic("none")])).toBe(1);
  });
});

import { constants } from "node:os";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BUFFER_BYTES, Kernel, SPLICE_BYTES } from "./kernel.ts";
import { AF_INET, EAGAIN, EPOLL_CTL_ADD, EPOLLIN, EPOLLRDHUP, IPPROTO_TCP, TCP_NODELAY } from "./linux.ts";
import { packAddress } from "./socket-address.ts";

let kernel: Kernel;
let open: number[];

beforeEach(() => {
  kernel = Kernel.open();
  open = [];
});
afterEach(() => {
  for (const fd of open) expect(kernel.close(fd)).toBe(0);
});

/** Keeps a descriptor to be closed; a call that failed fails the test. */
function opened(fd: number): number {
  expect(fd).toBeGreaterThan(2);
  open.push(fd);
  return fd;
}

/** Both ends of a TCP connection. */
function connected(): { readonly client: number; readonly server: number } {
  const listener = opened(kernel.socket(AF_INET));
  expect(kernel.bind(listener, packAddress({ host: "127.0.0.1", port: 0 }))).toBe(0);
  expect(kernel.listen(listener, 1)).toBe(0);
  expect(kernel.ownAddress(listener)).toBe(0);
  const { host, port } = kernel.lastAddress();
  expect(host).toBe("127.0.0.1");
  const client = opened(kernel.socket(AF_INET));
  expect([0, -constants.errno.EINPROGRESS]).toContain(kernel.connect(client, packAddress({ host, port })));
  const server = opened(kernel.accept(listener));
  const peer = kernel.lastAddress();
  expect(kernel.ownAddress(client)).toBe(0);
  expect(kernel.lastAddress()).toEqual(peer);
  return { client, server };
}

function put(text: string): number {
  return kernel.buffer.write(text);
}

test("bytes that were peeked at are still there to be received, and an end is 0", () => {
  const { client, server } = connected();
  expect(kernel.send(client, put("hello"))).toBe(5);
  for (const read of [() => kernel.peek(server), () => kernel.receive(server)]) {
    kernel.buffer.fill(0);
    expect(read()).toBe(5);
    expect(kernel.buffer.toString("latin1", 0, 5)).toBe("hello");
  }
  expect(kernel.receive(server)).toBe(-EAGAIN);
  expect(kernel.shutdown(client, 1)).toBe(0);
  expect(kernel.receive(server)).toBe(0);
});

test("bytes move from a socket through a pipe to a socket", () => {
  const [one, two] = [connected(), connected()];
  const reading = opened(kernel.pipe());
  const writing = opened(kernel.lastWritingEnd());
  expect([SPLICE_BYTES, -constants.errno.EPERM]).toContain(kernel.enlarge(writing));
  expect(kernel.splice(one.server, writing)).toBe(-EAGAIN);
  kernel.send(one.client, put("through the kernel"));
  expect(kernel.splice(one.server, writing)).toBe(18);
  expect(kernel.splice(reading, two.client)).toBe(18);
  expect(kernel.receive(two.server)).toBe(18);
  expect(kernel.buffer.toString("latin1", 0, 18)).toBe("through the kernel");
});

test("a failed call gives the error's number", () => {
  const { EBADF, EADDRINUSE, ENOTSOCK, EINVAL } = constants.errno;
  expect(kernel.receive(-1)).toBe(-EBADF);
  expect(kernel.close(1_000_000)).toBe(-EBADF);
  const listener = opened(kernel.socket(AF_INET));
  kernel.bind(listener, packAddress({ host: "127.0.0.1", port: 0 }));
  kernel.listen(listener, 1);
  kernel.ownAddress(listener);
  expect(kernel.bind(opened(kernel.socket(AF_INET)), packAddress(kernel.lastAddress()))).toBe(-EADDRINUSE);
  const alarm = opened(kernel.alarm());
  expect(kernel.accept(alarm)).toBe(-ENOTSOCK);
  expect(kernel.splice(alarm, alarm)).toBe(-EINVAL);
});

test("a socket closed after resetOnClose resets the other side, which has its error once", () => {
  const { client, server } = connected();
  expect(kernel.resetOnClose(server)).toBe(0);
  open.splice(open.indexOf(server), 1);
  expect(kernel.close(server)).toBe(0);
  expect(kernel.takeError(client)).toBe(constants.errno.ECONNRESET);
  expect(kernel.takeError(client)).toBe(0);
});

test("options are set", () => {
  const { client } = connected();
  expect(kernel.setOption(client, IPPROTO_TCP, TCP_NODELAY, 1)).toBe(0);
  expect(kernel.setOption(client, IPPROTO_TCP, 9_999, 1)).toBe(-constants.errno.ENOPROTOOPT);
});

test("a socket need not keep a pace", () => {
  expect(kernel.sendUnpaced(opened(kernel.socket(AF_INET)))).toBe(0);
  expect(kernel.sendUnpaced(opened(kernel.alarm()))).toBe(-constants.errno.ENOTSOCK);
});

test("events say of which descriptor they are, and what happened", () => {
  const poll = opened(kernel.poll());
  const [one, two] = [connected(), connected()];
  for (const { server } of [one, two]) expect(kernel.watch(poll, EPOLL_CTL_ADD, server, EPOLLIN | EPOLLRDHUP)).toBe(0);
  expect(kernel.wait(poll, 0)).toBe(0);
  kernel.send(two.client, put("x"));
  kernel.shutdown(one.client, 1);
  expect(kernel.wait(poll, 1_000)).toBe(2);
  const events = new Map([0, 1].map((i) => [kernel.eventDescriptor(i), kernel.eventMask(i)]));
  expect(events).toEqual(
    new Map([
      [two.server, EPOLLIN],
      [one.server, EPOLLIN | EPOLLRDHUP],
    ]),
  );
});

test("an alarm wakes whoever polls it, until it is silenced", () => {
  const poll = opened(kernel.poll());
  const alarm = opened(kernel.alarm());
  kernel.watch(poll, EPOLL_CTL_ADD, alarm, EPOLLIN);
  expect(kernel.wait(poll, 0)).toBe(0);
  expect(kernel.ring(alarm)).toBe(8);
  expect(kernel.ring(alarm)).toBe(8);
  expect(kernel.wait(poll, 0)).toBe(1);
  expect(kernel.silence(alarm)).toBe(8);
  expect(kernel.wait(poll, 0)).toBe(0);
});

test("what is received is never more than fits", () => {
  const { client, server } = connected();
  let sent = 0;
  for (let n = kernel.send(client, BUFFER_BYTES); n > 0; n = kernel.send(client, BUFFER_BYTES)) sent += n;
  let received = 0;
  for (let n = kernel.receive(server); n > 0; n = kernel.receive(server)) received += n;
  expect(received).toBeGreaterThan(BUFFER_BYTES);
  expect(received).toBeLessThanOrEqual(sent);
});

import { findNatsServer } from "./find-nats-server.ts";
import { freePort } from "./free-port.ts";
import { spawnProcess } from "./spawn-process.ts";
import type { Exit, OutputLine, SpawnedProcess } from "./spawned-process.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** How a NATS server is started. */
export type NatsServerOptions = {
  /** Folder of its streams, kept when it ends; without it, one of its own that is removed with it. */
  readonly storeDir?: string;
  /** IP address to listen on; 127.0.0.1 unless told. */
  readonly host?: string;
  /** Unless told, one that `freePort` gives to nobody else, so that it is there to come back to. */
  readonly port?: number;
  /** Further configuration in NATS's own language, a leaf node or a cluster for example. */
  readonly config?: string;
  /** Path of a file with its configuration instead, and of what that includes; the address, the port and the store of this start count. */
  readonly configFile?: string;
  /** Path of the binary; found by `findNatsServer` unless told. */
  readonly binary?: string;
  /** Command with its arguments that runs the server, one that enters a network namespace for example. */
  readonly within?: readonly string[];
  /** Sees every line that the server logs. */
  readonly onLine?: (line: OutputLine) => void;
};

/**
 * A real NATS server with JetStream, in a process of its own.
 *
 * It keeps its port and its store over `kill` and `restart`; `stop` or `await using` ends it for good.
 */
export class NatsServer implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly #launch: (port: number) => Promise<SpawnedProcess>;
  readonly #cleanUp: () => Promise<void>;
  #process: SpawnedProcess;

  /** Use `startNatsServer`. */
  constructor(
    process: SpawnedProcess,
    host: string,
    launch: (port: number) => Promise<SpawnedProcess>,
    cleanUp: () => Promise<void>,
  ) {
    this.#process = process;
    this.host = host;
    this.port = listeningPort(process);
    this.#launch = launch;
    this.#cleanUp = cleanUp;
  }

  /** What a client connects to: `nats://<host>:<port>`. */
  get url(): string {
    return `nats://${this.host}:${this.port}`;
  }

  /** Of the process that runs now, or ran last. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Log of the process that runs now, or ran last. */
  get process(): SpawnedProcess {
    return this.#process;
  }

  /** Ends the process, by SIGKILL unless told; resolves when it is gone. `restart` brings it back. */
  kill(signal: NodeJS.Signals = "SIGKILL"): Promise<Exit> {
    this.#process.signal(signal);
    return this.#process.exited;
  }

  /** Starts it again on the same port and store, after ending it if it still runs; resolves when it is ready. */
  async restart(): Promise<void> {
    await this.#process.stop();
    this.#process = await this.#launch(this.port);
  }

  /** Ends it, and kills it when that takes longer; a store that nobody asked for is removed. */
  async stop(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    await this.#process.stop(options);
    await this.#cleanUp();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * Starts a NATS server with JetStream and resolves when it takes connections.
 *
 * @throws TestkitError `NATS_SERVER_NOT_FOUND`, or as `spawnProcess` does.
 */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const { host = "127.0.0.1", within = [] } = options;
  const [command, ...before] = [...within, options.binary ?? findNatsServer()] as const;
  const directory = await temporaryDirectory();
  const cleanUp = async () => await directory[Symbol.asyncDispose]();
  try {
    const config = options.configFile ?? (await directory.write("nats.conf", options.config ?? ""));
    const storeDir = options.storeDir ?? directory.path;
    const launch = (port: number) => {
      const listen = ["--addr", host, "--port", String(port)];
      const store = ["--config", config, "--jetstream", "--store_dir", storeDir];
      return spawnProcess(command, [...before, ...store, ...listen], {
        readyWhen: (line) => line.includes("Server is ready"),
        ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
      });
    };
    const process = await launch(options.port ?? (await freePort()));
    return new NatsServer(process, host, launch, cleanUp);
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

function listeningPort(process: SpawnedProcess): number {
  const announced = /Listening for client connections on .*:(\d+)$/m.exec(process.output());
  return Number(announced?.[1]);
}

import { randomUUID } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where a process that was started by `npm test` asks for a core; unset when it was started by itself. */
export const CORES_SOCKET = "ONE_KERNEL_CORES";

interface Request {
  cores: number;
  priority: number;
  grant(): void;
}

/**
 * The cores that the stages of `npm test` share, so that never more heavy things run than there are
 * cores. A stage takes its own here; the worker of a test runner asks at {@link listen}'s socket for
 * each file, as `make` does with its job server.
 */
export class Cores {
  readonly count: number;
  #free: number;
  #waiting: Request[] = [];

  constructor(count: number) {
    this.count = count;
    this.#free = count;
  }

  /**
   * Waits for cores. A request that waits goes before every other of a higher number, and before later
   * ones of its own: who asks for all cores gets them, too.
   * @param cores     how many; all, where that is more than there are
   * @param priority  the lower goes first
   * @returns what gives them back
   */
  take(cores: number, priority: number): Promise<() => void> {
    const wanted = Math.min(cores, this.count);
    return new Promise((resolve) => {
      this.#waiting.push({ cores: wanted, priority, grant: () => resolve(this.#lend(wanted)) });
      this.#waiting.sort((a, b) => a.priority - b.priority);
      this.#serve();
    });
  }

  /**
   * Lends single cores to other processes: one to each connection, from the byte that is sent to its end.
   * @returns the socket's path, and what closes it
   */
  async listen(priority: number): Promise<{ path: string; close(): void }> {
    const path = join(tmpdir(), `one-kernel-cores-${process.pid}-${randomUUID()}.sock`);
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      let ended = false;
      let release = () => {};
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        ended = true;
        release();
      });
      socket.resume();
      void this.take(1, priority).then((giveBack) => {
        if (ended) return giveBack();
        release = giveBack;
        socket.write("1");
      });
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const close = () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    };
    return { path, close };
  }

  #lend(cores: number): () => void {
    this.#free -= cores;
    let lent = true;
    return () => {
      if (!lent) return;
      lent = false;
      this.#free += cores;
      this.#serve();
    };
  }

  #serve(): void {
    for (let [next] = this.#waiting; next && next.cores <= this.#free; [next] = this.#waiting) {
      this.#waiting.shift();
      next.grant();
    }
  }
}

/**
 * Waits for a core of the `npm test` that this process belongs to; at once where there is none.
 * @returns what gives it back; so does the end of the process
 */
export function takeCore(path = process.env[CORES_SOCKET]): Promise<() => void> {
  if (!path) return Promise.resolve(() => {});
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("data", () => {
      // A lent core keeps no process alive.
      socket.unref();
      resolve(() => socket.destroy());
    });
    const ended = "npm test, which lends this process its core, has ended";
    socket.once("error", (error) => reject(new Error(`${ended}: ${error.message}`)));
    socket.once("close", () => reject(new Error(ended)));
  });
}

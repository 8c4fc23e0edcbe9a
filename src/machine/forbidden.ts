import type { MachineErrorData } from "./errors.ts";

export type Forbidden = Extract<MachineErrorData, { code: "forbidden" }>;

/** What a machine cannot do without, by the name that both languages and search engines know. */
const NEEDED = {
  /** The machine's own, by the page; and v86's timekeeping, by the machine, from a blob. */
  worker: "Web Worker",
  engine: "WebAssembly",
  /** Where the decoder of the machine's files has its WebAssembly. */
  decoder: "fetch(data:)",
} as const;

/** How policies call the directives, and what they say of WebAssembly. */
const WORKER_DIRECTIVE = "worker-src";
const FETCH_DIRECTIVE = "connect-src";
const ENGINE_URI = "wasm-eval";

let first: Forbidden | undefined;
const watched = new WeakSet<EventTarget>();
const listeners = new Set<(refused: Forbidden) => void>();

/**
 * The first thing a machine needs that has been refused to this page, or in this worker, since
 * {@link watchPolicy} and {@link watchWorkers} were called.
 */
export function forbidden(): Forbidden | undefined {
  return first;
}

/** Calls `listener` with the first refusal, at once if there was one. */
export function onForbidden(listener: (refused: Forbidden) => void): void {
  if (first) listener(first);
  else listeners.add(listener);
}

function note(what: keyof typeof NEEDED, policy: string): void {
  if (first) return;
  const refused: Forbidden = {
    code: "forbidden",
    params: { what: NEEDED[what], policy },
  };
  first = refused;
  for (const listener of listeners) listener(refused);
  listeners.clear();
}

/** Begins to listen for what a policy refuses; once is enough. @param scope  the page's or the worker's global object */
export function watchPolicy(scope: EventTarget = globalThis): void {
  if (watched.has(scope)) return;
  watched.add(scope);
  scope.addEventListener("securitypolicyviolation", (event) => {
    const { disposition, effectiveDirective, blockedURI, originalPolicy } =
      event as SecurityPolicyViolationEvent;
    if (disposition !== "enforce") return;
    const policy = ruleIn(originalPolicy, effectiveDirective);
    if (effectiveDirective === WORKER_DIRECTIVE) note("worker", policy);
    else if (blockedURI === ENGINE_URI) note("engine", policy);
  });
}

/**
 * Begins to watch the workers that are made from a `blob:` address, as v86 makes one to keep time. It
 * has nobody to tell when that is refused, and the machine then never runs a second time slice, which
 * looks like a boot without an end. Firefox tells a worker of no violation of its policy, and what an
 * extension refuses violates none.
 * @param scope  the worker's global object, whose `Worker` is replaced
 */
export function watchWorkers(scope: { Worker: typeof Worker } = globalThis): void {
  const Original = scope.Worker;
  scope.Worker = class extends Original {
    constructor(script: string | URL, options?: WorkerOptions) {
      const watched = String(script).startsWith("blob:");
      try {
        super(script, options);
      } catch (thrown) {
        if (watched) note("worker", WORKER_DIRECTIVE);
        throw thrown;
      }
      // A script that was made in memory a moment ago is there: an error without a message is a refusal.
      if (watched)
        this.addEventListener("error", ({ message }) => {
          if (!message) note("worker", WORKER_DIRECTIVE);
        });
    }
  };
}

/** The decoder could not be fetched; it is in the script, so that only a policy can be the cause. */
export function decoderForbidden(): Forbidden {
  return { code: "forbidden", params: { what: NEEDED.decoder, policy: FETCH_DIRECTIVE } };
}

/** The rule of a policy that a directive goes by: its own, or one that it falls back to (CSP 3, 6.8.3). */
function ruleIn(policy: string, directive: string): string {
  const rules = policy.split(";").map((rule) => rule.trim());
  const between = directive === WORKER_DIRECTIVE ? ["child-src", "script-src"] : [];
  for (const name of [directive, ...between, "default-src"]) {
    const rule = rules.find((each) => each.split(/\s/)[0] === name);
    if (rule) return rule;
  }
  return directive;
}

import type { Context } from "../context.ts";

/** Nobody wonders before. */
const SLOW_AFTER_MS = 1_500;

/** Tells on stderr what is being done, from when it takes long; ended by whoever began it, with `using`. */
export function slowly({ err }: Pick<Context, "err">): Disposable & { readonly tell: (what: string) => void } {
  let doing = "";
  const show = () => err(`still looking at ${doing} …`);
  const timer = setInterval(show, SLOW_AFTER_MS);
  return {
    tell: (what) => {
      doing = what;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

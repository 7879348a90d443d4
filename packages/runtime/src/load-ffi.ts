/** The module by which Node calls functions of C. */
export type Ffi = typeof import("node:ffi");

/**
 * Node's `node:ffi`; `undefined` where this Node has none.
 *
 * Node warns of it when it is loaded first, since it may still change. Nobody who runs a service can act on that warning, and nothing
 * depends on it untried: the engine that splices tries every call before it is chosen. So this one warning is kept back, and no other.
 */
export function loadFfi(): Ffi | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:ffi");
  } catch {
    // Switched off by --no-experimental-ffi, or by the permission model.
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/**
 * Makes a root file system that holds Node, the libraries that it loads, and the few files that the C library reads, in the folder that
 * the first argument names. The libraries are those that Node itself says it has loaded, so that they fit on every processor.
 */
import { chmodSync, cpSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";

const [root] = process.argv.slice(2);

/** Writable by any user, so that the container may run under whichever the operator chooses. */
const ANYONE = 0o1777;

for (const library of process.report.getReport().sharedObjects) {
  if (isAbsolute(library)) copy(realpathSync(library), library);
}
copy(realpathSync(process.execPath), "/usr/local/bin/node");
copy(join(import.meta.dirname, "health.mjs"), "/usr/local/lib/causeway/health.mjs");
write("/etc/passwd", "root:x:0:0:root:/:/nologin\ncauseway:x:65532:65532:causeway:/var/lib/causeway:/nologin\n");
write("/etc/group", "root:x:0:\ncauseway:x:65532:\n");
// Without it the C library asks DNS before it looks into /etc/hosts.
write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
for (const folder of ["/tmp", "/var/lib/causeway"]) {
  mkdirSync(join(root, folder), { recursive: true });
  chmodSync(join(root, folder), ANYONE);
}

function copy(from, to) {
  mkdirSync(join(root, dirname(to)), { recursive: true });
  cpSync(from, join(root, to));
}

function write(path, text) {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

import type { Change } from "@causeway/bus";
import { AclDirectory, type DirectoryOptions } from "@causeway/policy";
import { Topics } from "../views/topics.ts";

/** The one topic of ACLs: they are written seldom, and each write may bear on every answer. */
export const ACL_TOPIC = "acl";

/** The bucket `acl`: what is known of it, and what readers of it can wait for. */
export class AclView {
  readonly topics = new Topics();
  readonly directory: AclDirectory;

  constructor(options: DirectoryOptions) {
    this.directory = new AclDirectory(options);
  }

  /** Takes in one change. */
  apply(change: Change<unknown>): void {
    this.directory.apply(change);
    this.topics.changed(ACL_TOPIC, change.revision);
  }
}

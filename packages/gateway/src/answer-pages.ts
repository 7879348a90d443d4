import { answer, type Bus, PART_BYTES, sendParts } from "@causeway/bus";
import type { AdminServer } from "@causeway/runtime";
import type { Registration } from "./registration.ts";

/** Lets whoever is on the bus read the pages of this proxy's admin port, wherever that is bound; who may is the agents' affair. */
export function answerPages(bus: Bus, admin: Pick<AdminServer, "page">, { service, node, id }: Registration): void {
  answer(
    bus,
    {
      "proxy.page": async ({ Url, Inbox }) => {
        const { status: Status, type: ContentType, body } = await admin.page(Url);
        const bytes = Buffer.from(body);
        if (bytes.byteLength <= PART_BYTES) return { Status, ContentType, Body: body };
        return { Status, ContentType, Body: "", Parts: await sendParts(bus, Inbox, bytes) };
      },
    },
    [service, node, id],
  );
}

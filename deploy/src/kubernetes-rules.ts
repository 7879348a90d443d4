import { isStandardVariable, type KnownVariables } from "./known-variables.ts";
import type { Container, Labels, Manifest, PodSpec } from "./manifests.ts";

/** An object that makes pods, and what it makes them of. */
type Workload = { readonly manifest: Manifest; readonly labels: Labels; readonly pod: PodSpec };

/** How long a process closes and sends its last spans, after it has drained. */
const CLOSE_SECONDS = 7;

/** Everything that is wrong with the objects of one deployment, one sentence each; empty when all is well. */
export function kubernetesViolations(manifests: readonly Manifest[], known: KnownVariables): readonly string[] {
  const workloads = manifests.flatMap(workloadOf);
  return [
    ...workloads.flatMap((workload) => [
      ...confinement(workload),
      ...references(workload, manifests),
      ...workload.pod.containers.flatMap((container) => [
        ...equipment(workload, container),
        ...variables(workload, container, manifests, known),
        ...grace(workload, container, manifests),
      ]),
    ]),
    ...manifests.flatMap((manifest) => targets(manifest, workloads)),
  ];
}

function workloadOf(manifest: Manifest): Workload[] {
  const template = manifest.spec?.template;
  return template === undefined ? [] : [{ manifest, labels: template.metadata.labels, pod: template.spec }];
}

/** Says what of these facts does not hold. */
function failing(where: string, facts: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.entries(facts).flatMap(([fact, holds]) => (holds ? [] : [`${where}: ${fact}`]));
}

function nameOf({ kind, metadata: { name } }: Manifest): string {
  return `${kind} ${name}`;
}

function confinement({ manifest, pod }: Workload): readonly string[] {
  const { securityContext, automountServiceAccountToken, topologySpreadConstraints = [] } = pod;
  return failing(nameOf(manifest), {
    "runs as a numeric user that is not root":
      securityContext?.runAsNonRoot === true && (securityContext.runAsUser ?? 0) > 0,
    "has the seccomp profile RuntimeDefault": securityContext?.seccompProfile?.type === "RuntimeDefault",
    "gets no token of the Kubernetes API": automountServiceAccountToken === false,
    "spreads its replicas": topologySpreadConstraints.length > 0,
  });
}

function references({ manifest, pod }: Workload, manifests: readonly Manifest[]): readonly string[] {
  const has = (kind: string, name: string | undefined) =>
    manifests.some((each) => each.kind === kind && each.metadata.name === name);
  const volumes = new Set([
    ...(pod.volumes ?? []).map(({ name }) => name),
    ...(manifest.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
  ]);
  const mounts = pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
  return failing(nameOf(manifest), {
    "has a service account that is there": has("ServiceAccount", pod.serviceAccountName),
    "mounts volumes that are there": mounts.every((name) => volumes.has(name)),
    "has no volume that nothing mounts": [...volumes].every((name) => mounts.includes(name)),
    "names a Service that is there": manifest.kind !== "StatefulSet" || has("Service", manifest.spec?.serviceName),
  });
}

function equipment({ manifest }: Workload, container: Container): readonly string[] {
  const { securityContext, resources, livenessProbe, readinessProbe, image } = container;
  return failing(`${nameOf(manifest)}, container ${container.name}`, {
    "gains no privileges": securityContext?.allowPrivilegeEscalation === false,
    "has a read-only root file system": securityContext?.readOnlyRootFilesystem === true,
    "has no capabilities": securityContext?.capabilities?.drop?.includes("ALL") === true,
    "asks for processor and memory":
      resources?.requests?.["cpu"] !== undefined && resources.requests["memory"] !== undefined,
    "has a limit of memory": resources?.limits?.["memory"] !== undefined,
    "has probes of liveness and readiness": livenessProbe !== undefined && readinessProbe !== undefined,
    "has an image of a certain version": /:[^/:]+$/.test(image) && !image.endsWith(":latest"),
  });
}

/** Variables that reach a container, those of config maps first: its own go before them. */
function environmentOf(container: Container, manifests: readonly Manifest[]): ReadonlyMap<string, string> {
  const shared = (container.envFrom ?? []).flatMap(({ configMapRef }) =>
    manifests.filter(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === configMapRef?.name),
  );
  const own = (container.env ?? []).map(({ name, value = "" }): [string, string] => [name, value]);
  return new Map([...shared.flatMap(({ data = {} }) => Object.entries(data)), ...own]);
}

function variables(
  { manifest }: Workload,
  container: Container,
  manifests: readonly Manifest[],
  known: KnownVariables,
): readonly string[] {
  const where = nameOf(manifest);
  const image = /(?:^|\/)causeway\/([\w-]+)/.exec(container.image)?.[1];
  if (image === undefined) return [];
  const own = known.get(image);
  if (own === undefined) return [`${where}: there is no image ${image}`];
  const anybodys = new Set([...known.values()].flatMap((names) => [...names]));
  const referred = [...(container.args ?? []), ...(container.env ?? []).map(({ value = "" }) => value)].flatMap(
    (text) => [...text.matchAll(/\$\((\w+)\)/g)].map(([, name = ""]) => name),
  );
  const names = (container.env ?? []).map(({ name }) => name);
  const earlier = (container.env ?? []).flatMap(({ value = "" }, at) =>
    [...value.matchAll(/\$\((\w+)\)/g)].filter(([, name = ""]) => !names.slice(0, at).includes(name)),
  );
  return [
    ...names.flatMap((name) =>
      own.has(name) || isStandardVariable(name) || referred.includes(name)
        ? []
        : [`${where}: ${image} knows no variable ${name}`],
    ),
    ...[...environmentOf({ ...container, env: [] }, manifests).keys()].flatMap((name) =>
      anybodys.has(name) || isStandardVariable(name) ? [] : [`${where}: no service knows the variable ${name}`],
    ),
    ...referred.filter((name) => !names.includes(name)).map((name) => `${where}: $(${name}) is not set`),
    ...earlier.map(([reference]) => `${where}: ${reference} is set only after it is used`),
  ];
}

/** Kubernetes kills a pod that takes longer to end than this. */
function grace({ manifest, pod }: Workload, container: Container, manifests: readonly Manifest[]): readonly string[] {
  const drainMs = environmentOf(container, manifests).get("CAUSEWAY_DRAIN_TIMEOUT_MS");
  if (drainMs === undefined) return [];
  const needed = Number(drainMs) / 1_000 + CLOSE_SECONDS;
  return failing(nameOf(manifest), {
    [`has ${needed} s to end`]: (pod.terminationGracePeriodSeconds ?? 0) >= needed,
  });
}

/** What selects pods, or scales them, must find some. */
function targets(manifest: Manifest, workloads: readonly Workload[]): readonly string[] {
  const { kind, spec } = manifest;
  if (kind === "HorizontalPodAutoscaler") {
    const { scaleTargetRef } = spec ?? {};
    const found = workloads.some(
      (each) => each.manifest.kind === scaleTargetRef?.kind && each.manifest.metadata.name === scaleTargetRef.name,
    );
    return failing(nameOf(manifest), { "scales what is there": found });
  }
  const selector = spec?.selector;
  if (selector === undefined) return [];
  const wanted =
    "matchLabels" in selector && typeof selector["matchLabels"] === "object"
      ? selector["matchLabels"]
      : (selector as Labels);
  const own = spec?.template?.metadata.labels;
  const selected = workloads.filter(({ labels }) =>
    Object.entries(wanted).every(([name, value]) => labels[name] === value),
  );
  const named = selected.flatMap(({ pod }) =>
    pod.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name)),
  );
  const ports = kind === "Service" ? (spec?.ports ?? []) : [];
  return failing(nameOf(manifest), {
    "selects pods that are there": selected.length > 0,
    "selects its own pods and no others":
      own === undefined || (selected.length === 1 && selected[0]?.manifest === manifest),
    "leads to ports that are there": ports.every(({ targetPort }) => named.includes(String(targetPort))),
  });
}

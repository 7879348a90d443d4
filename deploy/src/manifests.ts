import { parseAllDocuments } from "yaml";
import { run } from "../docker/command.ts";

/** Labels, selectors, and the like. */
export type Labels = Readonly<Record<string, string>>;

/** An environment variable of a container. */
export type Variable = {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: Readonly<Record<string, unknown>>;
};

/** The parts of a container that the rules look at. */
export type Container = {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly Variable[];
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
  readonly livenessProbe?: unknown;
  readonly readinessProbe?: unknown;
  readonly ports?: readonly { readonly name?: string }[];
  readonly resources?: { readonly requests?: Labels; readonly limits?: Labels };
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[] };
  };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
};

/** The parts of a pod that the rules look at. */
export type PodSpec = {
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccountName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly topologySpreadConstraints?: readonly unknown[];
  readonly securityContext?: {
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly seccompProfile?: { readonly type: string };
  };
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
};

/** An object of Kubernetes, as far as the rules look at it. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  readonly data?: Labels;
  readonly spec?: {
    readonly selector?: Labels | { readonly matchLabels: Labels };
    readonly scaleTargetRef?: { readonly kind: string; readonly name: string };
    readonly ports?: readonly { readonly targetPort?: string | number }[];
    readonly serviceName?: string;
    readonly template?: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  };
};

/** Renders a folder as `kubectl apply -k` would, without a cluster. */
export async function renderManifests(folder: string): Promise<readonly Manifest[]> {
  const text = await run("kubectl", ["kustomize", folder]);
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

import {
  defaultResource,
  detectResources,
  type Resource,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from "@opentelemetry/resources";

/** What a process is called where its spans and metrics go; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word. */
export function resourceOf(service: string, attributes: Readonly<Record<string, string>>): Resource {
  const own = resourceFromAttributes({ "service.name": service, "service.namespace": "causeway", ...attributes });
  const said = detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] });
  return defaultResource().merge(own).merge(said);
}

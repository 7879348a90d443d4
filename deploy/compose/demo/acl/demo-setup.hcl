# Registers the database, links it to the gateway, and says who may call whom.
operator = "write"
service_prefix "" {
  policy     = "read"
  intentions = "write"
}
service "legacy-db" {
  policy     = "write"
  intentions = "write"
}
node "external-legacy-db" {
  policy = "write"
}

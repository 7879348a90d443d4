# It stands for each service that it is linked to: give it those in place of legacy-db.
service "terminating-gateway" {
  policy = "write"
}
service "legacy-db" {
  policy = "write"
}
service_prefix "" {
  policy = "read"
}
node_prefix "" {
  policy = "read"
}
agent_prefix "" {
  policy = "read"
}

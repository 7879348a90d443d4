# Every agent says of its own node where that is, and forgets what was registered with it and is gone.
node_prefix "" {
  policy = "write"
}

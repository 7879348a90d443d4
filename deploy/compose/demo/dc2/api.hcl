service {
  name    = "api"
  address = "10.81.2.20"
  port    = 8080
  connect {
    sidecar_service {
      address = "10.81.2.20"
      port    = 21000
    }
  }
}

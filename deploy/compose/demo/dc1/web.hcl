service {
  name    = "web"
  address = "10.81.1.20"
  port    = 8080
  connect {
    sidecar_service {
      address = "10.81.1.20"
      port    = 21000
      proxy {
        upstreams = [
          { destination_name = "legacy-db", local_bind_port = 9001 },
          {
            destination_name = "api"
            datacenter       = "dc2"
            local_bind_port  = 9002
            mesh_gateway {
              mode = "local"
            }
          },
        ]
      }
    }
  }
}

"""The driver `modbus_tcp`: holding and input registers over Modbus TCP (docs/drivers/modbus-tcp.md)."""

"""The gateway as `meent run gateway` starts it."""

from chassis.app import create_service
from gateway.front import Front
from gateway.settings import GatewaySettings

front = Front()
app = create_service(GatewaySettings.load("gateway"), [], background=[front.run], other=front)

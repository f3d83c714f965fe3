"""What the service notificaties does on events: whatever happens anywhere is offered to those who asked for it."""

from chassis.consuming import Consumer
from services.notificaties.distribution import distribute

CONSUMERS = (
    Consumer("zgw", "ZGW", ("zgw.v1.{gemeente}.>",), distribute, in_order=True),
    Consumer("klanten", "KLANTEN", ("klanten.v1.{gemeente}.>",), distribute, in_order=True),
    Consumer("verhuizingen", "VERHUIZINGEN", ("verhuizingen.v1.{gemeente}.>",), distribute, in_order=True),
    Consumer("mor", "MOR", ("mor.v1.{gemeente}.>",), distribute, in_order=True),
)

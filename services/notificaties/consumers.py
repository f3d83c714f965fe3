"""What the service notificaties does on events: whatever happens anywhere is offered to those who asked for it."""

from chassis.consuming import Consumer
from services.notificaties.distribution import distribute

CONSUMERS = (
    Consumer("zgw", "ZGW", ("zgw.v1.{gemeente}.>",), distribute),
    Consumer("klanten", "KLANTEN", ("klanten.v1.{gemeente}.>",), distribute),
    Consumer("verhuizingen", "VERHUIZINGEN", ("verhuizingen.v1.{gemeente}.>",), distribute),
    Consumer("mor", "MOR", ("mor.v1.{gemeente}.>",), distribute),
)

"""Every notificatie once more on the message bus, for whoever follows its kanaal live without an abonnement."""

from datetime import datetime

import nats.errors

from chassis import telemetry
from chassis.cloudevents import Event, envelope, token, with_sequence
from chassis.consuming import Hopeless
from chassis.problems import Unavailable
from chassis.runtime import Runtime
from services.notificaties.events import NOTIFICATIE, BerichtData
from services.notificaties.projection import Notification


async def broadcast(runtime: Runtime, event: Event, notification: Notification) -> None:
    """Publish the notificatie of this event, under the id of the event: the broker drops a repeat within its window.

    Raises Unavailable while the broker is away, and Hopeless when the notificatie is larger than it carries.
    """
    body = envelope(
        NOTIFICATIE,
        event_id=event.id,
        source=runtime.settings.source,
        subject=event.subject,
        dataref=notification.resource_url,
        at=datetime.fromisoformat(event.time),
        data=BerichtData.model_validate(notification.content()),
    )
    subject = NOTIFICATIE.route({"gemeente": runtime.settings.gemeente, "kanaal": token(notification.kanaal)})
    jetstream = await runtime.messaging.jetstream()
    headers = {"Nats-Msg-Id": str(event.id), "traceparent": telemetry.current_traceparent()}
    try:
        await jetstream.publish(subject, with_sequence(body, event.sequence), headers=headers)
    except nats.errors.MaxPayloadError as error:
        raise Hopeless("larger than a message of the bus") from error
    except (nats.errors.Error, OSError, TimeoutError) as error:
        raise Unavailable("events_unavailable", "De gebeurtenissen zijn nu niet beschikbaar.") from error

-- A message that went to a person: the latest delivery of it holds, unless its file was
-- corrected.

{{ latest_delivered_rows(ref('int_messages_received'), ['source_system', 'message_id']) }}

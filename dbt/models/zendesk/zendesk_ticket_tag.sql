-- One row for each tag of each ticket.
{{ config(alias='ticket_tag', enabled=using_zendesk()) }}
SELECT parent.id AS ticket_id, tags.tag, parent._sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'tickets') }} AS parent
CROSS JOIN unnest(parent.tags) AS tags (tag)

-- The policies that applied to tickets, each with its first moment.
{{ config(alias='ticket_sla_policy', enabled=using_zendesk()) }}
SELECT
    ticket_id,
    CAST(sla -> 'policy' ->> 'id' AS bigint) AS sla_policy_id,
    min(time) AS policy_applied_at,
    max(_sdc_extracted_at) AS _fivetran_synced
FROM {{ source('zendesk_support', 'ticket_metric_events') }}
WHERE type = 'apply_sla' AND sla -> 'policy' ->> 'id' IS NOT NULL
GROUP BY ticket_id, CAST(sla -> 'policy' ->> 'id' AS bigint)

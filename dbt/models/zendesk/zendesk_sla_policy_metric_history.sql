-- Targets of policies as they are now: Zendesk keeps no history of them.
{{ config(alias='sla_policy_metric_history', enabled=using_zendesk()) }}
SELECT
    parent.id AS sla_policy_id,
    parent.updated_at AS sla_policy_updated_at,
    CAST(targets.place - 1 AS integer) AS index,
    CAST(targets.target ->> 'business_hours' AS boolean) AS business_hours,
    targets.target ->> 'metric' AS metric,
    targets.target ->> 'priority' AS priority,
    CAST(targets.target ->> 'target' AS integer) AS target,
    parent._sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'sla_policies') }} AS parent
CROSS JOIN unnest(parent.policy_metrics) WITH ORDINALITY AS targets (target, place)

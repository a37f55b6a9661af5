-- Changes of the account itself.
{{ config(alias='audit_log', enabled=using_zendesk()) }}
SELECT
    id,
    action,
    actor_id,
    change_description,
    created_at,
    source_id,
    source_label,
    source_type,
    _sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'audit_logs') }}

-- Organizations as they are now.
{{ config(alias='organization', enabled=using_zendesk()) }}
SELECT
    id,
    url,
    name,
    details,
    notes,
    external_id,
    group_id,
    shared_comments,
    shared_tickets,
    created_at,
    updated_at,
    _sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'organizations') }}

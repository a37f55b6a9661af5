-- One row for each domain of each organization.
{{ config(alias='domain_name', enabled=using_zendesk()) }}
SELECT
    parent.id AS organization_id,
    CAST(domains.place - 1 AS integer) AS index,
    domains.name AS domain_name,
    parent._sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'organizations') }} AS parent
CROSS JOIN unnest(parent.domain_names) WITH ORDINALITY AS domains (name, place)

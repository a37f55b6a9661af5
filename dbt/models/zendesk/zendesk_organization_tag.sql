-- One row for each tag of each organization.
{{ config(alias='organization_tag', enabled=using_zendesk()) }}
SELECT parent.id AS organization_id, tags.tag, parent._sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'organizations') }} AS parent
CROSS JOIN unnest(parent.tags) AS tags (tag)

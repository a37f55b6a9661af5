-- One row for each tag of each user.
{{ config(alias='user_tag', enabled=using_zendesk()) }}
SELECT parent.id AS user_id, tags.tag, parent._sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'users') }} AS parent
CROSS JOIN unnest(parent.tags) AS tags (tag)

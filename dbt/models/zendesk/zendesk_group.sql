-- Groups, deleted ones included.
{{ config(alias='group', enabled=using_zendesk()) }}
SELECT id, url, name, created_at, updated_at, deleted AS _fivetran_deleted, _sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'zendesk_groups') }}

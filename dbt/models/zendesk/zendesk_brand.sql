-- Brands, deleted ones included.
{{ config(alias='brand', enabled=using_zendesk()) }}
SELECT
    id,
    url,
    name,
    brand_url,
    subdomain,
    active,
    has_help_center,
    help_center_state,
    is_deleted AS _fivetran_deleted,
    _sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'brands') }}

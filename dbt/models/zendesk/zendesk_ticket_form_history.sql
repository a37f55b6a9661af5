-- Ticket forms as they are now: Zendesk keeps no history of them.
{{ config(alias='ticket_form_history', enabled=using_zendesk()) }}
SELECT
    id,
    name,
    display_name,
    active,
    end_user_visible,
    created_at,
    updated_at,
    deleted_at IS NOT NULL AS _fivetran_deleted,
    _sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'ticket_forms') }}

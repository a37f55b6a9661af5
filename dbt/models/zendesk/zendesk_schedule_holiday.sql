-- Holidays of schedules.
{{ config(alias='schedule_holiday', enabled=using_zendesk()) }}
SELECT
    id,
    schedule_id,
    name,
    start_date,
    end_date,
    FALSE AS _fivetran_deleted,
    _sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'schedule_holidays') }}

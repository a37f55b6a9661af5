-- One row for each interval of open hours, in minutes since the week began.
{{ config(alias='schedule', enabled=using_zendesk()) }}
SELECT
    parent.id,
    parent.name,
    parent.time_zone,
    CAST(hours.span ->> 'start_time' AS integer) AS start_time,
    CAST(hours.span ->> 'end_time' AS integer) AS end_time,
    CAST(hours.span ->> 'start_time' AS integer) - zones.minutes AS start_time_utc,
    CAST(hours.span ->> 'end_time' AS integer) - zones.minutes AS end_time_utc,
    parent.created_at,
    FALSE AS _fivetran_deleted,
    parent._sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'schedules') }} AS parent
CROSS JOIN unnest(parent.intervals) AS hours (span)
LEFT JOIN {{ ref('zendesk_time_zone') }} AS zones ON zones.time_zone = parent.time_zone

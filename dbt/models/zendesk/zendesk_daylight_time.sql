-- When daylight saving time began and ended in the zones of the schedules, by the hour, since 2010.
{{ config(alias='daylight_time', enabled=using_zendesk()) }}
WITH hours AS (
    SELECT
        zones.time_zone,
        moments.utc,
        extract(epoch FROM moments.utc AT TIME ZONE 'UTC' AT TIME ZONE zones.zone - moments.utc) / 60
        - zones.minutes AS extra
    FROM {{ ref('zendesk_time_zone') }} AS zones
    CROSS JOIN generate_series(
        TIMESTAMP '2010-01-01', date_trunc('day', now() AT TIME ZONE 'UTC') + INTERVAL '1 year', '1 hour'
    ) AS moments (utc)
),

changes AS (
    SELECT *, lag(extra) OVER (PARTITION BY time_zone ORDER BY utc) AS extra_before
    FROM hours
),

turns AS (
    SELECT time_zone, utc, extra, lead(utc) OVER (PARTITION BY time_zone ORDER BY utc) AS until
    FROM changes
    WHERE extra <> extra_before
)

SELECT
    time_zone,
    CAST(extract(year FROM utc) AS integer) AS year,
    utc AS daylight_start_utc,
    until AS daylight_end_utc,
    CAST(extra / 60 AS integer) AS daylight_offset,
    CAST(now() AS timestamp) AS _fivetran_synced
FROM turns
WHERE extra > 0 AND until IS NOT NULL

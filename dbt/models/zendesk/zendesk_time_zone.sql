-- The zones of the schedules. Zendesk names zones by cities, such as Berlin; the variable
-- zendesk_time_zones says which zone of PostgreSQL another name means.
{{ config(alias='time_zone', enabled=using_zendesk()) }}
WITH named AS (
    SELECT DISTINCT
        time_zone,
        CASE time_zone
        {% for name, zone in var('zendesk_time_zones').items() %}
            WHEN '{{ name }}' THEN '{{ zone }}'
        {% endfor %}
            ELSE replace(time_zone, ' ', '_')
        END AS city
    FROM {{ source('zendesk_support', 'schedules') }}
),

zones AS (
    SELECT named.time_zone, min(known.name) AS zone
    FROM named
    INNER JOIN pg_timezone_names AS known
        ON known.name = named.city OR (known.name LIKE '%/' || named.city AND known.name NOT LIKE 'posix/%')
    GROUP BY named.time_zone
),

winter AS (
    SELECT
        time_zone,
        zone,
        least(
            TIMESTAMP '2026-01-01 00:00' - TIMESTAMP '2026-01-01 00:00' AT TIME ZONE zone AT TIME ZONE 'UTC',
            TIMESTAMP '2026-07-01 00:00' - TIMESTAMP '2026-07-01 00:00' AT TIME ZONE zone AT TIME ZONE 'UTC'
        ) AS ahead
    FROM zones
)

SELECT
    time_zone,
    zone,
    CAST(extract(epoch FROM ahead) / 60 AS integer) AS minutes,
    to_char(ahead, CASE WHEN ahead < INTERVAL '0' THEN 'HH24:MI' ELSE '+HH24:MI' END) AS standard_offset,
    CAST(now() AS timestamp) AS _fivetran_synced
FROM winter

-- Comments of all kinds, with the details of calls.
{{ config(alias='ticket_comment', enabled=using_zendesk()) }}
SELECT
    id,
    ticket_id,
    author_id AS user_id,
    created_at AS created,
    coalesce(plain_body, body) AS body,
    public,
    type = 'VoiceComment' AS voice_comment,
    type = 'FacebookComment' AS facebook_comment,
    type = 'Tweet' AS tweet,
    data ->> 'call_id' AS call_id,
    CAST(data ->> 'call_duration' AS integer) AS call_duration,
    data ->> 'location' AS location,
    data ->> 'recording_url' AS recording_url,
    CAST(data ->> 'started_at' AS timestamp) AS started_at,
    data ->> 'transcription_text' AS transcription_text,
    transcription_visible AS voice_comment_transcription_visible,
    trusted,
    FALSE AS _fivetran_deleted,
    _sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'ticket_comments') }}

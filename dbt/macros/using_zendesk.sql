{#- Whether the tables for fivetran/zendesk are made. -#}
{% macro using_zendesk() %}
{{ return('zendesk_support' in var('helpdesk_taps') and var('zendesk_for_fivetran')) }}
{% endmacro %}

{{/* What a PodMonitor and a ServiceMonitor have in common. */}}

{{/* The default rules find the release by these labels. */}}
{{- define "platestream.targetLabels" -}}
- app.kubernetes.io/name
- app.kubernetes.io/instance
{{- end -}}

{{/* How the metrics port is scraped. Call with the monitor's values. */}}
{{- define "platestream.scrapeEndpoint" -}}
port: metrics
path: /metrics
interval: {{ .interval }}
scrapeTimeout: {{ .scrapeTimeout }}
{{- with .relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

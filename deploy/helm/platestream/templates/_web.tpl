{{/* The HTTP interface: its part of the configuration, its Secrets, its way of stopping. */}}

{{- define "platestream.webConfig" -}}
{{- $web := .Values.web -}}
host: {{ .Values.listenAddress | quote }}
port: {{ $web.port | int }}
live_page: {{ $web.livePage }}
shutdown_timeout_s: {{ $web.shutdownDeadlineSeconds }}
{{- if $web.existingSecret }}
credentials: /etc/platestream-web/credentials.yaml
{{- end }}
{{- if $web.noAuth }}
no_auth: true
{{- /* Without credentials only known names are answered: the Service's and the Ingress's. */}}
{{- $service := include "platestream.webServiceName" . }}
{{- $full := printf "%s.%s" $service .Release.Namespace }}
{{- $names := list $service $full (printf "%s.svc" $full) (printf "%s.svc.cluster.local" $full) }}
{{- if $web.ingress.enabled }}
{{- $names = concat $names $web.ingress.hosts }}
{{- end }}
allowed_hosts: {{ toJson $names }}
{{- end }}
{{- with $web.rateLimit }}
rate_limit: {{ . | quote }}
{{- end }}
{{- if $web.tls.existingSecret }}
tls_certificate: /etc/platestream-web-tls/tls.crt
tls_key_file: /etc/platestream-web-tls/tls.key
{{- end }}
{{- end -}}

{{/* Whole folders: with a subPath the kubelet would never bring a changed Secret. */}}
{{- define "platestream.webMounts" -}}
{{- if .Values.web.enabled -}}
{{- if .Values.web.existingSecret }}
- name: web-credentials
  mountPath: /etc/platestream-web
  readOnly: true
{{- end }}
{{- if .Values.web.tls.existingSecret }}
- name: web-tls
  mountPath: /etc/platestream-web-tls
  readOnly: true
{{- end }}
{{- end -}}
{{- end -}}

{{- define "platestream.webVolumes" -}}
{{- $web := .Values.web -}}
{{- if $web.enabled -}}
{{- if $web.existingSecret }}
- name: web-credentials
  secret:
    secretName: {{ $web.existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ $web.credentialsKey }}
        path: credentials.yaml
{{- end }}
{{- if $web.tls.existingSecret }}
- name: web-tls
  secret:
    secretName: {{ $web.tls.existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ $web.tls.certKey }}
        path: tls.crt
      - key: {{ $web.tls.keyKey }}
        path: tls.key
{{- end }}
{{- end -}}
{{- end -}}

{{- define "platestream.webServiceName" -}}
{{- printf "%s-http" (include "platestream.fullname" .) -}}
{{- end -}}

{{/*
Seconds before SIGTERM in which the endpoints and the load balancers forget the pod, while it still
answers. A preStop hook of the user's own replaces it.
*/}}
{{- define "platestream.preStopSeconds" -}}
{{- $own := dig "preStop" "" (.Values.lifecycle | default dict) -}}
{{- if and .Values.web.enabled (not $own) -}}{{ .Values.web.preStopSeconds }}{{- else -}}0{{- end -}}
{{- end -}}

{{- define "platestream.lifecycle" -}}
{{- $lifecycle := deepCopy (.Values.lifecycle | default dict) -}}
{{- $wait := include "platestream.preStopSeconds" . | int -}}
{{- if gt $wait 0 -}}
{{- $_ := set $lifecycle "preStop" (dict "exec" (dict "command" (list "sleep" (toString $wait)))) -}}
{{- end -}}
{{- with $lifecycle }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/* What the container runs: the stream, the HTTP interface, or both on one pipeline. */}}
{{- define "platestream.args" -}}
{{- $file := list "--config" "/etc/platestream/config.yaml" -}}
{{- if not .Values.kafka.enabled -}}
{{- concat (list "serve") $file | toYaml -}}
{{- else if .Values.web.enabled -}}
{{- concat (list "run") $file (list "--http") | toYaml -}}
{{- else -}}
{{- concat (list "run") $file | toYaml -}}
{{- end -}}
{{- end -}}

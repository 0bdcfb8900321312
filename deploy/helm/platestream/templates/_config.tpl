{{/*
The service's configuration file. Everything that other objects need to know of it (the port, the
topic, the group) is read back from here, so that `.Values.config` can override all of it.
*/}}
{{- define "platestream.config" -}}
{{- $kafka := .Values.kafka -}}
{{- $topics := pick $kafka.topics "frames" "plates" "failures" -}}
{{- range $name := list "results" "cameras" -}}
{{- with index $kafka.topics $name -}}
{{- $_ := set $topics $name . -}}
{{- end -}}
{{- end -}}
{{- $own := dict
  "telemetry" (dict
    "host" .Values.listenAddress
    "port" (.Values.telemetry.port | int)
    "log_level" .Values.telemetry.logLevel
    "log_format" .Values.telemetry.logFormat
    "last_scrape_seconds" (ternary (.Values.telemetry.lastScrapeSeconds | int) 0 (or .Values.podMonitor.enabled .Values.serviceMonitor.enabled))
  )
-}}
{{- if $kafka.enabled -}}
{{- $dead := $kafka.deadLetters -}}
{{- $_ := set $own "kafka" (dict
  "bootstrap_servers" $kafka.bootstrapServers
  "group_id" $kafka.groupId
  "topics" $topics
  "guarantee" $kafka.guarantee
  "dead_letters" (dict
    "enabled" $dead.enabled
    "window_frames" ($dead.windowFrames | int64)
    "min_cameras" ($dead.minCameras | int64)
    "max_own_ratio" $dead.maxOwnRatio
  )
  "drain_seconds" .Values.drainDeadlineSeconds
  "close_seconds" .Values.closeDeadlineSeconds
  "termination_grace_seconds" .Values.terminationGracePeriodSeconds
) -}}
{{- with include "platestream.kafkaSecurity" . | fromYaml -}}
{{- $_ := set $own.kafka "security" . -}}
{{- end -}}
{{- end -}}
{{- if include "platestream.hasRegistry" . -}}
{{- $_ := set $own "registry" (include "platestream.registryConfig" . | fromYaml) -}}
{{- end -}}
{{- if .Values.web.enabled -}}
{{- $_ := set $own "web" (include "platestream.webConfig" . | fromYaml) -}}
{{- end -}}
{{- if include "platestream.camerasConfigMap" . -}}
{{- $_ := set $own "camera_source" (dict "file" "/etc/platestream-cameras/cameras.yaml") -}}
{{- end -}}
{{- if .Values.passages.enabled -}}
{{- $_ := set $own "engine" (include "platestream.passagesConfig" . | fromYaml) -}}
{{- end -}}
{{- if .Values.gpu.enabled -}}
{{- $_ := set $own "vision" (dict "providers" .Values.gpu.providers "allow_cpu_fallback" false) -}}
{{- end -}}
{{- with include "platestream.engineCache" . | fromYaml -}}
{{- $_ := set $own "vision" (merge (dict) ($own.vision | default dict) .) -}}
{{- end -}}
{{- with include "platestream.modelsConfig" . | fromYaml -}}
{{- $_ := set $own "vision" (merge (dict) ($own.vision | default dict) .) -}}
{{- end -}}
{{- if or .Values.privacy.existingSecret (ne .Values.privacy.plateNumber "clear") -}}
{{- $_ := set $own "privacy" (include "platestream.privacyConfig" . | fromYaml) -}}
{{- end -}}
{{- toYaml (mergeOverwrite $own (deepCopy (.Values.config | default dict))) -}}
{{- end -}}

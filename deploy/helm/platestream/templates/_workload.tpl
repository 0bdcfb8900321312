{{/* A Deployment, or with static membership a StatefulSet. */}}

{{- define "platestream.workloadKind" -}}
{{- ternary "StatefulSet" "Deployment" .Values.kafka.staticMembership -}}
{{- end -}}

{{/*
A Deployment starts one pod more during an update; where that cannot start, because a GPU or a volume is
still held by the old one, the old one goes first.
*/}}
{{- define "platestream.updateStrategy" -}}
{{- if .Values.updateStrategy -}}
{{- toYaml .Values.updateStrategy -}}
{{- else if .Values.kafka.staticMembership -}}
type: RollingUpdate
{{- else -}}
{{- $first := or .Values.gpu.enabled (include "platestream.holdsVolume" .) -}}
type: RollingUpdate
rollingUpdate:
  maxSurge: {{ ternary 0 1 (not (empty $first)) }}
  maxUnavailable: {{ ternary 1 0 (not (empty $first)) }}
{{- end -}}
{{- end -}}

{{/* The most replicas that there may be. */}}
{{- define "platestream.mostReplicas" -}}
{{- if .Values.autoscaling.keda.enabled -}}
{{- int .Values.autoscaling.keda.maxReplicaCount -}}
{{- else if .Values.autoscaling.hpa.enabled -}}
{{- int .Values.autoscaling.hpa.maxReplicas -}}
{{- else -}}
{{- int .Values.replicaCount -}}
{{- end -}}
{{- end -}}

{{- define "platestream.validateWorkload" -}}
{{- if .Values.kafka.staticMembership -}}
{{- if not .Values.kafka.enabled -}}
{{- fail "kafka.staticMembership needs kafka.enabled: it is the membership in a consumer group" -}}
{{- end -}}
{{- if eq (dig "type" "" (.Values.updateStrategy | default dict)) "Recreate" -}}
{{- fail "updateStrategy.type is Recreate, which a StatefulSet (kafka.staticMembership) does not know: RollingUpdate or OnDelete" -}}
{{- end -}}
{{- if dig "rollingUpdate" "maxSurge" "" (.Values.updateStrategy | default dict) -}}
{{- fail "updateStrategy.rollingUpdate.maxSurge is of a Deployment: a StatefulSet (kafka.staticMembership) has no spare pods" -}}
{{- end -}}
{{- else if eq (dig "type" "" (.Values.updateStrategy | default dict)) "OnDelete" -}}
{{- fail "updateStrategy.type is OnDelete, which a Deployment does not know: RollingUpdate or Recreate" -}}
{{- end -}}
{{- end -}}

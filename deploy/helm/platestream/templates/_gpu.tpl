{{/* What a GPU changes in the pod. */}}

{{- define "platestream.resources" -}}
{{- $resources := deepCopy (.Values.resources | default dict) -}}
{{- if .Values.gpu.enabled -}}
{{- $gpu := dict .Values.gpu.resourceName (.Values.gpu.count | int) -}}
{{- $resources = merge $resources (dict "limits" $gpu "requests" $gpu) -}}
{{- end -}}
{{- with $resources }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{- define "platestream.tolerations" -}}
{{- $tolerations := .Values.tolerations | default list -}}
{{- if and .Values.gpu.enabled .Values.gpu.tolerateTaint -}}
{{- $gpu := dict "key" .Values.gpu.resourceName "operator" "Exists" "effect" "NoSchedule" -}}
{{- $tolerations = append $tolerations $gpu -}}
{{- end -}}
{{- with $tolerations }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/*
Volumes that outlive pods: engines of TensorRT, which take minutes to build, and models. A claim for all
pods of a Deployment, one for each of a StatefulSet; or a claim of the user's own.
*/}}

{{/* Where they are mounted. */}}
{{- define "platestream.storagePath" -}}
/var/lib/platestream/{{ . }}
{{- end -}}

{{/* The names of those that are switched on. */}}
{{- define "platestream.stored" -}}
{{- $stored := list -}}
{{- range $name := list "engines" "models" -}}
{{- if (index $.Values.persistence $name).enabled -}}
{{- $stored = append $stored $name -}}
{{- end -}}
{{- end -}}
{{- toYaml $stored -}}
{{- end -}}

{{/* "true" where a volume binds all pods to one node, so that a spare one may not start. */}}
{{- define "platestream.holdsVolume" -}}
{{- range $name := include "platestream.stored" . | fromYamlArray -}}
{{- $claim := index $.Values.persistence $name -}}
{{- if and (not $claim.existingClaim) (not (has "ReadWriteMany" $claim.accessModes)) -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{- define "platestream.claimName" -}}
{{- $claim := index .root.Values.persistence .name -}}
{{- $claim.existingClaim | default (printf "%s-%s" (include "platestream.fullname" .root) .name) -}}
{{- end -}}

{{/* The specification of a claim. Call with its values. */}}
{{- define "platestream.claimSpec" -}}
accessModes:
  {{- toYaml .accessModes | nindent 2 }}
{{- with .storageClassName }}
storageClassName: {{ . | quote }}
{{- end }}
resources:
  requests:
    storage: {{ .size }}
{{- end -}}

{{- define "platestream.claimTemplates" -}}
{{- range $name := include "platestream.stored" . | fromYamlArray -}}
{{- $claim := index $.Values.persistence $name -}}
{{- if not $claim.existingClaim }}
- metadata:
    name: {{ $name }}
    {{- with $claim.annotations }}
    annotations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    {{- include "platestream.claimSpec" $claim | nindent 4 }}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "platestream.storageMounts" -}}
{{- range $name := include "platestream.stored" . | fromYamlArray }}
- name: {{ $name }}
  mountPath: {{ include "platestream.storagePath" $name }}
{{- end }}
{{- end -}}

{{/* A StatefulSet's own claims are volumes already. */}}
{{- define "platestream.storageVolumes" -}}
{{- range $name := include "platestream.stored" . | fromYamlArray -}}
{{- if or (index $.Values.persistence $name).existingClaim (not $.Values.kafka.staticMembership) }}
- name: {{ $name }}
  persistentVolumeClaim:
    claimName: {{ include "platestream.claimName" (dict "root" $ "name" $name) }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* The provider keeps its engines there; under the name by which the user's own options go. */}}
{{- define "platestream.engineCache" -}}
{{- if .Values.persistence.engines.enabled -}}
{{- $own := dig "vision" "provider_options" (dict) (.Values.config | default dict) -}}
{{- $path := include "platestream.storagePath" "engines" -}}
provider_options:
  {{ ternary "tensorrt" "TensorrtExecutionProvider" (hasKey $own "tensorrt") }}:
    trt_engine_cache_path: {{ $path }}
    trt_timing_cache_path: {{ $path }}
{{- end -}}
{{- end -}}

{{- define "platestream.validateStorage" -}}
{{- $most := include "platestream.mostReplicas" . | int -}}
{{- range $name := include "platestream.stored" . | fromYamlArray -}}
{{- $claim := index $.Values.persistence $name -}}
{{- if and (not $.Values.kafka.staticMembership) (not $claim.existingClaim) (gt $most 1) (not (has "ReadWriteMany" $claim.accessModes)) -}}
{{- fail (printf "persistence.%s: %d replicas of a Deployment share one claim, so its accessModes need ReadWriteMany; with kafka.staticMembership each has a claim of its own" $name $most) -}}
{{- end -}}
{{- end -}}
{{- end -}}
